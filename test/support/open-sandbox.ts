import { openSandbox, type Sandbox } from '../../build-scripts/host/sandbox.ts';

/** Does `use` in a sandbox of its own, and closes it however that ends. */
export async function inSandbox<T>(use: (sandbox: Sandbox) => Promise<T>): Promise<T> {
  const sandbox = await openSandbox({ memory: false });
  try {
    return await use(sandbox);
  } finally {
    await sandbox.close();
  }
}
