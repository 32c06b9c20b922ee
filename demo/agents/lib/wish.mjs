// What a request is about. The scripted agents know two wishes of the shop's owner by heart; anything else they
// write down honestly as noted.
import { counterStock } from '../wishes/counter-stock.mjs';
import { deliveryDate } from '../wishes/delivery-date.mjs';
import { note } from '../wishes/note.mjs';

/** The wish behind a brief, decided by its words alone. */
export function wishOf(brief) {
  const words = `${brief.title}\n${brief.description}`.toLowerCase();
  if (/deliver(y|ed)[ -](date|day)|дат[аыу] доставки/.test(words)) return deliveryDate;
  if (/\bkeep\b.*\bback\b|customers in the shop|counter stock|hold back|придерж/s.test(words))
    return counterStock;
  return note;
}
