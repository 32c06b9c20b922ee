const QUARTER_HOUR_MS = 15 * 60_000;

/**
 * Units held back for customers who are about to pay. They live in memory: a restart lets them all go.
 * Above `limit` units the shop cannot promise anything any more and reports itself unhealthy.
 */
export function createReservations({ limit = 200, now = Date.now } = {}) {
  const held = new Map();
  let lastId = 0;

  return {
    /** Holds units of one item and returns the reservation. */
    hold(sku, quantity, holdMs = QUARTER_HOUR_MS) {
      lastId += 1;
      const reservation = { id: String(lastId), sku, quantity, expiresAt: now() + holdMs };
      held.set(reservation.id, reservation);
      return reservation;
    },

    /** Lets a reservation go; false when there was none. */
    release: (id) => held.delete(id),

    /** Lets everything go that has expired. */
    sweep() {
      for (const { id, expiresAt } of held.values()) if (expiresAt <= now()) held.delete(id);
    },

    /** Units held at the moment. */
    units: () => [...held.values()].reduce((sum, { quantity }) => sum + quantity, 0),

    /** True while the shop can keep its promises. */
    healthy() {
      return this.units() <= limit;
    },
  };
}
