const PATHS = {
  send: 'M3.4 20.4 21 12 3.4 3.6 3.4 10l11 2-11 2z',
  reply: 'M10 8V4L3 11l7 7v-4.1c5 0 8.5 1.6 11 5.1-1-5-4-10-11-11z',
  pencil: 'M4 16.5V20h3.5L18 9.5 14.5 6zM20.7 6.8a1 1 0 0 0 0-1.4l-2.1-2.1a1 1 0 0 0-1.4 0L15.6 4.9l3.5 3.5z',
  close:
    'M18.3 5.7 12 12l6.3 6.3-1.4 1.4L10.6 13.4 4.3 19.7l-1.4-1.4L9.2 12 2.9 5.7l1.4-1.4 6.3 6.3 6.3-6.3z',
  down: 'M12 16.5 4.5 9 6 7.5l6 6 6-6L19.500 9z',
  bell: 'M12 22a2.2 2.2 0 0 0 2.2-2H9.800A2.200 2.200 0 0 0 12 22zm6.500-6v-5a6.500 6.500 0 0 0-5-6.300V4a1.500 1.500 0 0 0-3 0v.7a6.500 6.500 0 0 0-5 6.300v5L4 17.500V19h16v-1.500z',
  bellOff:
    'M12 22a2.2 2.2 0 0 0 2.2-2H9.800A2.200 2.200 0 0 0 12 22zM5 3.600 3.600 5l3 3a6.400 6.400 0 0 0-1.100 3v5L4 17.500V19h13.600l2 2L21 19.600zm13.500 9.700V11a6.500 6.500 0 0 0-5-6.300V4a1.500 1.500 0 0 0-3 0v.7c-.6.100-1.200.4-1.700.7z',
  file: 'M13 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V9zm0 2 5 5h-5zM8 13h8v1.700H8zm0 3.500h6V18H8z',
  link: 'M14 4h6v6h-2V7.400l-7.300 7.300-1.400-1.400L16.600 6H14zM6 6h5v2H6v10h10v-5h2v5a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2z',
  slash: 'M15.500 3h2.300L8.500 21H6.200z',
};
const SVG = 'http://www.w3.org/2000/svg';

/** A decorative icon; give the element around it a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}

/** Creates an element with a class, properties and children. Strings become text, never markup. */
export function element(tag, { className, ...properties } = {}, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-')) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== undefined));
  return node;
}
