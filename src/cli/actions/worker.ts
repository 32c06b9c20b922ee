export const worker = async (..._: unknown[]): Promise<number> => 1;
