import { jest } from '@jest/globals';

/** What a command prints while it runs in this process. */
export async function captured(
  run: () => Promise<number>,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const mocks = (['stdout', 'stderr'] as const).map((stream) =>
    jest.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    const exitCode = await run();
    return { exitCode, ...printed };
  } finally {
    for (const mock of mocks) mock.mockRestore();
  }
}
