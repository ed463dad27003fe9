import { createServer, type IncomingMessage, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  askSources,
  newestDate,
  releaseDate,
  releaseDigest,
  type SourceState,
  updated,
} from '../../build-scripts/cache/repository-state.ts';

const sum = (digit: string): string => digit.repeat(64);
const release = (parts: {
  date?: string;
  amd64?: string;
  arm64?: string;
  suite?: string;
}): string =>
  `Origin: Debian
Suite: ${parts.suite ?? 'stable'}
Date: ${parts.date ?? 'Sat, 01 Nov 2026 10:00:00 UTC'}
SHA256:
 ${sum(parts.amd64 ?? 'a')} 1000 main/binary-amd64/Packages
 ${sum(parts.arm64 ?? 'b')} 1000 main/binary-arm64/Packages
`;
const INDEXES = ['main/binary-amd64/Packages'];

describe('a Release file', () => {
  const before = releaseDigest(release({}), INDEXES);

  test.each([
    ['another date', { date: 'Sun, 02 Nov 2026 10:00:00 UTC' }],
    ['packages of another architecture', { arm64: 'c' }],
  ])('%s does not count', (_, parts) => {
    expect(releaseDigest(release(parts), INDEXES)).toBe(before);
  });

  test.each([
    ['other packages', { amd64: 'c' }],
    ['another suite', { suite: 'oldstable' }],
  ])('%s count', (_, parts) => {
    expect(releaseDigest(release(parts), INDEXES)).not.toBe(before);
  });

  test('without the index everything counts', () => {
    const digest = (date: string): string => releaseDigest(release({ date }), ['contrib/x']);
    expect(digest('a')).not.toBe(digest('b'));
  });
});

describe('the date', () => {
  const SECONDS = Date.UTC(2026, 10, 1, 10) / 1000;

  test('is in seconds since 1970', () => {
    expect(releaseDate(release({}))).toBe(SECONDS);
    expect(releaseDate(release({ date: 'soon' }))).toBeUndefined();
    expect(releaseDate('SHA256:\n')).toBeUndefined();
  });

  test('is that of the last change, not of the last signature', () => {
    const source = { release: 'http://mirror.example.net/InRelease', indexes: INDEXES, digest: '' };
    const first = updated(source, release({}));
    expect(first.date).toBe(SECONDS);
    const date = 'Sun, 02 Nov 2026 10:00:00 UTC';
    expect(updated(first, release({ date }))).toEqual(first);
    expect(updated(first, release({ date, amd64: 'c' })).date).toBe(SECONDS + 86_400);
  });

  test('of several sources is the newest one', () => {
    expect(newestDate([{ date: 1 }, { date: undefined }, { date: 3 }, { date: 2 }])).toBe(3);
    expect(newestDate([{ date: undefined }])).toBeUndefined();
  });
});

describe('a source', () => {
  let server: Server;
  let requests: IncomingMessage[];
  let answer: { status: number; text: string };
  let known: SourceState;
  beforeEach(async () => {
    requests = [];
    answer = { status: 200, text: release({}) };
    server = createServer((request, response) => {
      requests.push(request);
      const elsewhere = { '/old/InRelease': '/new/InRelease', '/circle': '/circle' };
      const location = elsewhere[request.url as keyof typeof elsewhere] as string | undefined;
      if (location !== undefined) {
        response.writeHead(302, { location }).end();
        return;
      }
      const same = request.headers['if-none-match'] === '"1"' && answer.status === 200;
      response.writeHead(same ? 304 : answer.status, { etag: '"1"' });
      response.end(same ? undefined : answer.text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    known = {
      release: `http://127.0.0.1:${port}/dists/stable/InRelease`,
      indexes: INDEXES,
      digest: releaseDigest(release({}), INDEXES),
    };
  });
  afterEach(() => {
    server.close();
  });

  test('is asked once, and then whether it has changed', async () => {
    const first = await askSources([known], undefined);
    expect(first).toEqual([expect.objectContaining({ digest: known.digest, etag: '"1"' })]);
    expect(await askSources(first, undefined)).toEqual(first);
    expect(requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"1"']);
  });

  test('that has new packages is another one', async () => {
    answer.text = release({ amd64: 'c' });
    const [now] = await askSources([known], undefined);
    expect(now?.digest).not.toBe(known.digest);
  });

  test('is asked through the proxy', async () => {
    const proxy = new URL(known.release).origin;
    const far = { ...known, release: 'http://mirror.example.net/dists/stable/InRelease' };
    const [now] = await askSources([far], proxy);
    expect(now?.digest).toBe(known.digest);
    expect(requests.map(({ url }) => url)).toEqual([far.release]);
  });

  test('may have moved', async () => {
    const moved = { ...known, release: `${new URL(known.release).origin}/old/InRelease` };
    const [now] = await askSources([moved], undefined);
    expect(now?.digest).toBe(known.digest);
    expect(requests.map(({ url }) => url)).toEqual(['/old/InRelease', '/new/InRelease']);
  });

  test('that only leads from one place to the next is not followed for ever', async () => {
    const circle = { ...known, release: `${new URL(known.release).origin}/circle` };
    await expect(askSources([circle], undefined)).rejects.toThrow('more than 10 redirects');
  });

  test.each([404, 500])('that answers %d is not taken for unchanged', async (status) => {
    answer.status = status;
    await expect(askSources([known], undefined)).rejects.toThrow(
      `${known.release}: HTTP status ${status}`,
    );
  });

  test('that can not be reached is named', async () => {
    server.close();
    await once(server, 'close');
    await expect(askSources([known], undefined)).rejects.toThrow(known.release);
  });
});
