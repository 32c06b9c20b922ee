/** `YYYYMMDDHHMMSS`, UTC, as names of engine-owned branches carry it (FORGE-66, SHIP-136). */
export const stampOf = (at: number): string => new Date(at).toISOString().replaceAll(/\D/g, '').slice(0, 14);
