import { createReadStream, existsSync } from 'node:fs';
import { createServer, request, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface TestServer {
  readonly url: string;
  /** What was asked for: paths, of a proxy whole URLs. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

/** Serves a folder on a free port of the loopback interface. */
export function serveFolder(folder: string): Promise<TestServer> {
  return listen((asked, answer) => {
    const file = path.join(folder, path.normalize(decodeURIComponent(asked.url ?? '/')));
    if (existsSync(file)) createReadStream(file).pipe(answer);
    else answer.writeHead(404).end();
  });
}

/** An HTTP proxy that passes everything on. */
export function startProxy(): Promise<TestServer> {
  return listen((asked, answer) => {
    const { url = '', method, headers } = asked;
    const onward = request(url, { method, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers);
      got.pipe(answer);
    });
    onward.on('error', () => answer.writeHead(502).end());
    asked.pipe(onward);
  });
}

async function listen(listener: RequestListener): Promise<TestServer> {
  const requests: string[] = [];
  const server = createServer((asked, answer) => {
    requests.push(asked.url ?? '');
    listener(asked, answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
}
