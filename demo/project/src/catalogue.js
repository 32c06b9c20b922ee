/** What the shop sells. `daysToShip` is the number of working days until an item leaves the shop. */
export const CATALOGUE = [
  { sku: 'tea', name: 'Black tea, 250 g', cents: 690, daysToShip: 1 },
  { sku: 'cup', name: 'Stoneware cup', cents: 1450, daysToShip: 2 },
  { sku: 'pot', name: 'Teapot for four', cents: 3900, daysToShip: 3 },
  { sku: 'honey', name: 'Forest honey, 500 g', cents: 980, daysToShip: 1 },
  { sku: 'tin', name: 'Tea tin', cents: 1200, daysToShip: 2 },
];

/** The item with this sku, or undefined. */
export const findItem = (sku) => CATALOGUE.find((item) => item.sku === sku);
