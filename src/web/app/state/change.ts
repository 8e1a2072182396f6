// Changes as the service reads them: `PATH=VALUE`, `PATH+=VALUE`, `PATH*=FACTOR`.

export interface Change { path: string; op: '=' | '+=' | '*='; value: string }

/** Reads a sentence; a mark within brackets belongs to the selection. */
export function readChange(sentence: string): Change | null {
  let depth = 0;
  for (let at = 0; at < sentence.length; at += 1) {
    const letter = sentence[at];
    if (letter === '[') depth += 1;
    else if (letter === ']') depth -= 1;
    else if (letter === '=' && depth === 0) {
      const before = sentence[at - 1];
      const op = before === '+' || before === '*' ? (`${before}=` as const) : '=';
      const path = sentence.slice(0, op === '=' ? at : at - 1).trim();
      const value = sentence.slice(at + 1).trim();
      return path && value ? { path, op, value } : null;
    }
  }
  return null;
}

export const writeChange = ({ path, op, value }: Change): string => `${path}${op}${value}`;

/** Puts a change in place of the one of the same path; changes that only add or scale stay beside it. */
export function withChange(changes: readonly Change[], change: Change): Change[] {
  const at = changes.findIndex((each) => each.path === change.path && each.op === change.op);
  return at < 0 ? [...changes, change] : changes.map((each, index) => (index === at ? change : each));
}
