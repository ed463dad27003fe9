import { readFile } from 'node:fs/promises';
import { httpGet } from '../host/http-get.ts';
import { digest } from './inputs.ts';

/** A package source as apt knows it, and what it had when it was looked at. */
export interface SourceState {
  /** Address of its InRelease file. */
  readonly release: string;
  /** Index files of it that count, like `main/binary-amd64/Packages`. */
  readonly indexes: readonly string[];
  /** See {@link releaseDigest}. */
  readonly digest: string;
  /** When the source got what the digest stands for, seconds since 1970; undefined: it does not say. */
  readonly date?: number | undefined;
  /** Validators of HTTP (RFC 9110, section 8.8), when the server has given some. */
  readonly etag?: string | undefined;
  readonly modified?: string | undefined;
}

/**
 * What of an InRelease file says whether packages are new: the checksums of the package indexes, and
 * the names that apt's preferences go by. The date, and indexes of other architectures, do not count.
 */
export function releaseDigest(text: string, indexes: readonly string[]): string {
  const wanted = new Set(indexes);
  const lines = text.split('\n').filter((line) => {
    if (/^(Origin|Label|Suite|Version|Codename): /.test(line)) return true;
    // SHA256 and longer ones: 64 hex digits, bytes, name; compressed variants follow from it.
    const [, name] = /^ [0-9a-f]{64} +\d+ (\S+)$/.exec(line) ?? [];
    return name !== undefined && wanted.has(name);
  });
  const hasIndexes = lines.some((line) => line.startsWith(' '));
  return digest(hasIndexes ? lines : text);
}

/** Its Date, in seconds since 1970. */
export function releaseDate(text: string): number | undefined {
  const date = Date.parse(/^Date: (.+)$/m.exec(text)?.[1] ?? '');
  return Number.isNaN(date) ? undefined : Math.floor(date / 1000);
}

/** The newest date of all; undefined when none says one. */
export function newestDate(sources: readonly Pick<SourceState, 'date'>[]): number | undefined {
  const dates = sources.map(({ date }) => date).filter((date) => date !== undefined);
  return dates.length === 0 ? undefined : Math.max(...dates);
}

/** A source with what it has now. A new date alone is no change: mirrors sign anew what they have. */
export function updated(source: SourceState, text: string): SourceState {
  const digest = releaseDigest(text, source.indexes);
  if (digest === source.digest && source.date !== undefined) return source;
  return { ...source, digest, date: releaseDate(text) };
}

/** How long a mirror may take to answer, in milliseconds. */
const ANSWER_TIME = 10_000;

/**
 * Asks each source whether it has changed, with one conditional request, all at once.
 * @param proxy address of an HTTP proxy
 * @throws Error when one can not be reached
 */
export async function askSources(
  known: readonly SourceState[],
  proxy: string | undefined,
): Promise<SourceState[]> {
  return Promise.all(known.map((source) => ask(source, proxy)));
}

/** The variables that apt knows, too: apt-transport-http(1). */
function proxyFor({ protocol, hostname }: URL, given: string | undefined): string | undefined {
  if (given !== undefined) return given;
  const { http_proxy: http, https_proxy: https, no_proxy: none = '' } = process.env;
  const direct = none.split(/[ ,]+/).filter((name) => name !== '');
  if (direct.some((name) => `.${hostname}`.endsWith(name.replace(/^\.?/, '.')))) return undefined;
  const proxy = protocol === 'https:' ? https : http;
  return proxy === '' ? undefined : proxy;
}

async function ask(source: SourceState, proxy: string | undefined): Promise<SourceState> {
  const { release, etag, modified } = source;
  const local = /^(?:file|copy):(?:\/\/)?(\/.*)$/.exec(release)?.[1];
  if (local !== undefined) return updated(source, await readFile(local, 'utf8'));
  const headers = {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(modified === undefined ? {} : { 'if-modified-since': modified }),
  };
  const request = { headers, proxy: proxyFor(new URL(release), proxy), timeout: ANSWER_TIME };
  const answer = await httpGet(release, request).catch((error: unknown) => {
    throw new Error(`${release}: ${(error as Error).message}`, { cause: error });
  });
  if (answer.status === 304) return source;
  if (answer.status < 200 || answer.status > 299)
    throw new Error(`${release}: HTTP status ${answer.status}`);
  return {
    ...updated(source, answer.text),
    etag: answer.headers.etag,
    modified: answer.headers['last-modified'],
  };
}
