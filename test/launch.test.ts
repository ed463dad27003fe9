import { spawn } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { testUnless } from './support/test-unless.ts';

const project = path.resolve(import.meta.dirname, '..');
const root = process.getuid?.() === 0;

/** What the launcher calls, apart from what a test puts in place of the real thing. */
const tools = [
  ...['cmp', 'cp', 'dirname', 'env', 'find', 'flock', 'head', 'id', 'mkdir', 'mktemp', 'readlink'],
  ...['rm', 'sed', 'sh', 'sleep', 'stat', 'tail', 'tar', 'unshare', 'dpkg', 'xz'],
];

let directory: string;
let checkout: string;
let bin: string;

/** Makes an executable in the PATH of the launcher. */
function command(name: string, script: string): void {
  rmSync(path.join(bin, name), { force: true });
  writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Text that the stand-ins wrote to a file of the test's directory; '' when there is none. */
function recorded(name: string): string {
  const file = path.join(directory, name);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the launcher without a terminal, from outside of the checkout. */
function launch(args: readonly string[] = [], launcher = `${checkout}/mkimage`): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(launcher, args, {
      cwd: directory,
      env: { PATH: bin, TMPDIR: directory, RECORDS: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stdout, stderr });
    });
  });
}

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'launch-test-'));
  checkout = path.join(directory, 'check out');
  bin = path.join(directory, 'bin');
  for (const made of [bin, `${checkout}/build-scripts`]) mkdirSync(made, { recursive: true });
  for (const file of ['launch.sh', 'debian-packages.sh', 'check-modules.js']) {
    copyFileSync(`${project}/build-scripts/${file}`, `${checkout}/build-scripts/${file}`);
  }
  copyFileSync(`${project}/mkimage`, `${checkout}/mkimage`);
  chmodSync(`${checkout}/mkimage`, 0o755);
  const lock = JSON.stringify({ packages: { '': {}, 'node_modules/zstd-napi': { version: '1' } } });
  const files = {
    'package.json': '{"type": "module"}',
    'package-lock.json': lock,
    'mkimage.ts': '',
    'tar-to-disk.ts': '',
    'build-scripts/bundle.js': `
      import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
      const dist = import.meta.dirname + '/../dist';
      mkdirSync(dist, { recursive: true });
      appendFileSync(process.env.RECORDS + '/builds', 'build\\n');
      writeFileSync(dist + '/mkimage.cjs', 'console.log(JSON.stringify([process.cwd(), ...process.argv.slice(2)]))');
      writeFileSync(dist + '/.built', process.version + '\\n');`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(`${checkout}/${file}`, text);

  for (const tool of tools) {
    const found = ['/usr/bin', '/bin']
      .map((at) => `${at}/${tool}`)
      .find((file) => existsSync(file));
    if (found) symlinkSync(found, path.join(bin, tool));
  }
  symlinkSync(process.execPath, path.join(bin, 'node'));
  command('mmdebstrap', 'exit 0');
  command('newuidmap', 'exit 0');
  command('apt-cache', 'if [ "$1" = policy ]; then echo "  Candidate: 20.19.2"; fi');
  command('apt-get', 'echo "apt-get $*" >>"$RECORDS/apt"');
  command('sudo', 'exec "$@"');
  command(
    'npm',
    `echo "npm $*" >>"$RECORDS/npm"
     sleep 0.3
     mkdir -p node_modules/zstd-napi
     echo '{"main": "index.js"}' >node_modules/zstd-napi/package.json
     : >node_modules/zstd-napi/index.js
     cp package-lock.json node_modules/.package-lock.json`,
  );
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('the launcher', () => {
  test('sets up on the first run, says so, and only then', async () => {
    const first = await launch(['--help']);
    expect(first).toEqual({
      code: 0,
      stdout: `${JSON.stringify([directory, '--help'])}\n`,
      stderr: 'mkimage: installing node modules (npm ci) …\n' + 'mkimage: building the program …\n',
    });
    const second = await launch(['--help']);
    expect(second.stderr).toBe('');
    expect(recorded('npm')).toBe('npm ci\n');
    expect(recorded('builds')).toBe('build\n');
  });

  test('hands on working directory and arguments, through symlinks too', async () => {
    symlinkSync('check out/mkimage', path.join(directory, 'link'));
    symlinkSync('../link', path.join(bin, 'builder'));
    const run = await launch(['a b', '--', '*', ''], path.join(bin, 'builder'));
    expect(JSON.parse(run.stdout)).toEqual([directory, 'a b', '--', '*', '']);
  });

  test('lets one of several first runs work', async () => {
    const runs = await Promise.all([launch(), launch(), launch()]);
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(recorded('npm')).toBe('npm ci\n');
    expect(recorded('builds')).toBe('build\n');
    const waiting = runs.filter(({ stderr }) => stderr.includes('waiting for another run'));
    expect(waiting).toHaveLength(2);
  });

  test('builds again when a source changed, installs again when the lock file did', async () => {
    await launch();
    const soon = Date.now() / 1000 + 5;
    utimesSync(`${checkout}/mkimage.ts`, soon, soon);
    expect((await launch()).stderr).toBe('mkimage: building the program …\n');
    utimesSync(`${checkout}/mkimage.ts`, 0, 0);
    // What was made for another Node.js works, only slower.
    writeFileSync(`${checkout}/dist/.built`, 'v20.17.0-other\n');
    expect((await launch()).stderr).toBe('mkimage: building the program …\n');

    const lock = JSON.stringify({ packages: { 'node_modules/zstd-napi': { version: '2' } } });
    writeFileSync(`${checkout}/package-lock.json`, lock);
    await launch();
    expect(recorded('npm')).toBe('npm ci\nnpm ci\n');
  });

  test('leaves modules alone that somebody else installed to fit', async () => {
    await launch();
    rmSync(`${checkout}/node_modules/.checked-lock.json`);
    expect((await launch()).stderr).toBe('');
    expect(recorded('npm')).toBe('npm ci\n');
  });

  test('shows why npm failed', async () => {
    command('npm', 'echo "npm warn old"; echo "npm error code ENOTFOUND"; exit 1');
    expect(await launch()).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'mkimage: installing node modules (npm ci) …\n' +
        'npm error code ENOTFOUND\n' +
        `mkimage: npm ci failed; the whole output is in ${checkout}/.setup/npm.log. ` +
        `If a native module has to be compiled: ${root ? '' : 'sudo '}apt-get install --no-install-recommends g++ make python3\n`,
    });
  });

  test('diff does not call that a difference', async () => {
    command('npm', 'exit 1');
    expect((await launch(['diff', 'a', 'b'])).code).toBe(2);
  });

  test('names the way to Node where the release has one', async () => {
    rmSync(path.join(bin, 'node'));
    const run = await launch(['--help']);
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'mkimage: needs Node.js 20.17 or newer, which is not installed. ' +
        `Install it: ${root ? '' : 'sudo '}apt-get install --no-install-recommends nodejs npm, or ./mkimage --setup\n`,
    });
  });

  test.each(['v18.20.4', 'v20.9.0'])('refuses Node %s', async (version) => {
    command('node', `echo ${version}`);
    command('apt-cache', 'echo "  Candidate: 18.20.4+dfsg-1"');
    const run = await launch(['--help']);
    expect(run).toEqual({
      code: 1,
      stdout: '',
      stderr:
        `mkimage: needs Node.js 20.17 or newer; ${bin}/node is ${version.slice(1)}. ` +
        'This release has none or an older one (Debian 13 is the first with Node.js 20): ' +
        'install Node.js 22 from https://nodejs.org/\n',
    });
  });

  testUnless(
    root ? 'root may write everywhere' : undefined,
    'says who has to set up a checkout one cannot write to',
    async () => {
      chmodSync(checkout, 0o555);
      const run = await launch();
      chmodSync(checkout, 0o755);
      expect(run.code).toBe(1);
      expect(run.stderr).toMatch(
        /is not set up .* you cannot write to it: .* as its owner \(.+\)\n$/,
      );
    },
  );
});

describe('--setup', () => {
  const install = 'apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends';

  test('installs what is missing, then runs', async () => {
    rmSync(path.join(bin, 'mmdebstrap'));
    const run = await launch(['--setup', 'plan']);
    expect(run.stderr).toContain('mkimage: installing Debian packages: mmdebstrap …\n');
    expect(JSON.parse(run.stdout)).toEqual([directory, 'plan']);
    expect(recorded('apt')).toBe(`${install} mmdebstrap\n`);
  });

  test('alone, with nothing missing, ends there without apt', async () => {
    const run = await launch(['--setup']);
    expect(run).toMatchObject({ code: 0, stdout: '' });
    expect(run.stderr).toMatch(/mkimage: ready\n$/);
    expect(recorded('apt')).toBe('');
  });

  test('brings the package lists up to date when the first try fails', async () => {
    rmSync(path.join(bin, 'mmdebstrap'));
    command(
      'apt-get',
      `echo "apt-get $*" >>"$RECORDS/apt"
       case $* in *update) : >"$RECORDS/updated" ;; *) [ -e "$RECORDS/updated" ] || exit 100 ;; esac`,
    );
    expect((await launch(['--setup'])).code).toBe(0);
    expect(recorded('apt')).toBe(
      `${install} mmdebstrap\napt-get -q update\n${install} mmdebstrap\n`,
    );
  });

  test('installs compilers when a native module needs them', async () => {
    const npm = readFileSync(path.join(bin, 'npm'), 'utf8').replace('#!/bin/sh', '');
    command('npm', `[ -e "$RECORDS/apt" ] || { echo "npm error gyp"; exit 1; }\n${npm}`);
    const run = await launch(['--setup']);
    expect(run.code).toBe(0);
    expect(recorded('apt')).toBe(`${install} g++ make python3\n`);
  });

  test('shows what apt said, and the command', async () => {
    rmSync(path.join(bin, 'mmdebstrap'));
    command('apt-get', 'echo "E: Could not connect"; exit 100');
    expect(await launch(['--setup'])).toEqual({
      code: 1,
      stdout: '',
      stderr:
        'mkimage: installing Debian packages: mmdebstrap …\n' +
        'E: Could not connect\n' +
        `mkimage: apt failed, see above. The command was: ${root ? '' : 'sudo '}apt-get install --no-install-recommends mmdebstrap\n`,
    });
  });
});
