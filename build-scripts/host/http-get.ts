import http from 'node:http';
import https from 'node:https';
import { text } from 'node:stream/consumers';

/** As many as apt follows: Acquire::http::AllowRedirect in apt.conf(5), and its own limit. */
const REDIRECTS = 10;

/** A response; names of headers are in lower case. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<http.IncomingHttpHeaders>;
  readonly text: string;
}

export interface HttpRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Address of an HTTP proxy. */
  readonly proxy: string | undefined;
  /** For all of it, in milliseconds. */
  readonly timeout: number;
}

/**
 * GET, with redirects. Not with `fetch`, which takes 0.1 s and 40 MB to get ready.
 * @throws Error when there is no answer in time
 */
export async function httpGet(address: string, request: HttpRequest): Promise<HttpAnswer> {
  const signal = AbortSignal.timeout(request.timeout);
  let url = new URL(address);
  for (let count = 0; count <= REDIRECTS; count += 1) {
    const answer = await getOnce(url, request, signal).catch((error: unknown) => {
      const { message, code } = error as NodeJS.ErrnoException;
      // Where a host has several addresses, the message of their errors is empty.
      const what = signal.aborted ? 'no answer in time' : message || (code ?? 'no connection');
      throw new Error(what, { cause: error });
    });
    const { location } = answer.headers;
    if (answer.status < 301 || answer.status > 308 || location === undefined) return answer;
    // 304 has no location.
    url = new URL(location, url);
  }
  throw new Error(`more than ${REDIRECTS} redirects`);
}

async function getOnce(url: URL, request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
  const { headers, proxy } = request;
  if (proxy === undefined) {
    const client = url.protocol === 'https:' ? https : http;
    return sent(client.get(url, { headers, signal }));
  }
  if (url.protocol === 'https:') return throughTunnel(url, headers, proxy, signal);
  // As apt does: caches of packages want to see the address, and refuse tunnels to port 80.
  const options = { path: url.href, headers: { ...headers, host: url.host }, signal };
  return sent(http.get(new URL(proxy), options));
}

async function sent(request: http.ClientRequest): Promise<HttpAnswer> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  const { statusCode: status = 0, headers } = response;
  return { status, headers, text: await text(response) };
}

/** Node 20 has no proxies of its own. Only loaded where it is needed. */
async function throughTunnel(
  url: URL,
  headers: Readonly<Record<string, string>>,
  proxy: string,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  const { ProxyAgent, request } = await import('undici');
  const dispatcher = new ProxyAgent(proxy);
  try {
    const answer = await request(url, { dispatcher, headers: { ...headers }, signal });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: await answer.body.text(),
    };
  } finally {
    await dispatcher.close();
  }
}
