import { UserError } from './errors.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const BACKSPACES = ['\u007f', '\b'];

/**
 * Asks for a secret on the terminal, without showing what is typed.
 * @returns what was typed, without the line break
 * @throws UserError when there is no terminal, or on Ctrl-C
 */
export async function promptSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) {
    throw new UserError(`${question}: there is no terminal to ask on`, {
      hint: 'give a file or an environment variable instead of a prompt',
    });
  }
  stderr.write(`${question}: `);
  stdin.setRawMode(true);
  stdin.setEncoding('utf8');
  stdin.resume();
  try {
    return await new Promise<string>((resolve, reject) => {
      let typed = '';
      const onData = (chunk: string): void => {
        for (const character of chunk) {
          if (character === '\r' || character === '\n' || character === CTRL_D) {
            stdin.off('data', onData);
            resolve(typed);
            return;
          }
          if (character === CTRL_C) {
            stdin.off('data', onData);
            reject(new UserError('no passphrase was given'));
            return;
          }
          typed = BACKSPACES.includes(character) ? typed.slice(0, -1) : typed + character;
        }
      };
      stdin.on('data', onData);
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    stderr.write('\n');
  }
}
