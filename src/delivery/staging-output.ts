/** What a check's output says about its parts (SHIP-35). */
export interface CheckCounts {
  passed: number;
  total: number;
  waived: string[];
}

/** Reads `RESULT: p/t checks PASS` and `INFRA-WAIVED <id>`; without them, `PASS …` and `FAIL …` lines, else one check. */
export function checkCounts(output: string, green: boolean): CheckCounts {
  const waived = [...output.matchAll(/^INFRA-WAIVED (\S+)/gm)].map(([, id = '']) => id);
  const [, passed, total] = /^RESULT: (\d+)\/(\d+) checks PASS/m.exec(output) ?? [];
  if (passed !== undefined && total !== undefined)
    return { passed: Number(passed), total: Number(total), waived };
  const pass = output.match(/^PASS\b/gm)?.length ?? 0;
  const fail = output.match(/^FAIL\b/gm)?.length ?? 0;
  if (pass + fail > 0) return { passed: pass, total: pass + fail, waived };
  return { passed: green ? 1 : 0, total: 1, waived };
}
