import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { CollectionIndex } from '../../build-scripts/config/collection-index.ts';
import { DiagnosticList } from '../../build-scripts/config/diagnostics.ts';
import { listProfileNames } from '../../build-scripts/config/list-profiles.ts';
import {
  displayPath,
  findProfileFile,
  pastePath,
  profileCandidates,
  searchPaths,
} from '../../build-scripts/config/search-paths.ts';
import { makeProject, mistakesOf, resolveIn } from '../support/project.ts';

describe('folders with collections', () => {
  test('--collections, then MKIMAGE_COLLECTIONS_PATH, then local, then the shipped ones', () => {
    const { collections } = searchPaths({
      projectDir: '/p',
      workingDir: '/w',
      collections: ['one', '/two'],
      environmentPath: 'three::/p/collections:/two',
    });
    expect(collections).toEqual([
      '/w/one',
      '/two',
      '/w/three',
      '/p/collections',
      '/p/collections/local',
    ]);
  });

  test('without either', () => {
    expect(searchPaths({ projectDir: '/p', workingDir: '/w' }).collections).toEqual([
      '/p/collections/local',
      '/p/collections',
    ]);
  });

  const project = makeProject({
    'collections/base/collection.yml': 'summary: shipped\n',
    'collections/web/collection.yml': 'summary: shipped\n',
    'collections/web/nginx/collection.yml': 'summary: nested\n',
    'collections/web/files/collection.yml': 'not: a collection\n',
    'collections/local/base/collection.yml': 'summary: local\n',
    'collections/local/own/collection.yml': 'summary: local\n',
    'collections/.hidden/collection.yml': 'summary: hidden\n',
    'given/base/collection.yml': 'summary: given\n',
    'elsewhere/linked/collection.yml': 'summary: linked\n',
    'profiles/p.yml': 'suite: bookworm\narch: amd64\ncollections: [base]\n',
  });
  symlinkSync('.', path.join(project.projectDir, 'elsewhere/linked/self'));
  symlinkSync('../elsewhere/linked', path.join(project.projectDir, 'collections/linked'));
  const summary = (index: CollectionIndex, name: string): string | undefined =>
    index.load(name, new DiagnosticList())?.file.summary;

  test('collections are found by name, nested and linked ones, too', () => {
    const index = new CollectionIndex(project);
    expect(index.names()).toEqual(['base', 'linked', 'own', 'web', 'web/nginx']);
    expect(index.has('web/nginx')).toBe(true);
    expect(index.has('local/own')).toBe(false);
  });

  test('collections/local overrides by name, and --collections overrides that', () => {
    expect(summary(new CollectionIndex(project), 'base')).toBe('local');
    const given = searchPaths({ ...project, collections: ['given'] });
    expect(summary(new CollectionIndex(given), 'base')).toBe('given');
    expect(summary(new CollectionIndex(given), 'own')).toBe('local');
    const [first] = resolveIn(given).collections;
    expect(first?.collection.directory).toBe(path.join(project.projectDir, 'given/base'));
  });
});

describe('how paths are shown', () => {
  const paths = { projectDir: '/home/me/mkimage', workingDir: '/home/me' };
  test.each([
    ['/home/me/mkimage/profiles/a.yml', 'profiles/a.yml', 'mkimage/profiles/a.yml'],
    ['/home/me/mkimage', '.', 'mkimage'],
    ['/home/me/private/a.yml', 'private/a.yml', 'private/a.yml'],
    ['/home/me/mkimage/..a.yml', '..a.yml', 'mkimage/..a.yml'],
    ['/etc/a.yml', '/etc/a.yml', '/etc/a.yml'],
  ])('%s: %s, and %s to paste', (file, shown, pasted) => {
    expect(displayPath(file, paths)).toBe(shown);
    expect(pastePath(file, paths)).toBe(pasted);
  });
});

describe('profiles', () => {
  const profile = 'suite: bookworm\narch: amd64\n';
  const project = makeProject({
    'profiles/web.yml': profile,
    'profiles/both.yml': profile,
    'profiles/long.yaml': profile,
    'profiles/examples/one.yml': profile,
    'profiles/common/shared.yml': profile,
    'profiles/local/both.yml': profile,
    'profiles/local/defaults.yml': 'seed: x\n',
    'profiles/.#web.yml': profile,
    'work/web.yml': profile,
  });
  const found = (given: string, workingDir = '/'): string | undefined => {
    const file = findProfileFile(given, { ...project, workingDir });
    return file === undefined ? undefined : path.relative(project.projectDir, file);
  };

  test.each([
    ['web', 'profiles/web.yml'],
    ['web.yml', 'profiles/web.yml'],
    ['profiles/web', 'profiles/web.yml'],
    ['profiles/web.yml', 'profiles/web.yml'],
    ['long', 'profiles/long.yaml'],
    ['examples/one', 'profiles/examples/one.yml'],
    ['both', 'profiles/local/both.yml'],
    ['profiles/both', 'profiles/both.yml'],
    ['nothing', undefined],
  ])('%s is %s', (given, expected) => {
    expect(found(given)).toBe(expected);
  });

  test('the working directory comes first, and absolute paths work', () => {
    expect(found('web', path.join(project.projectDir, 'work'))).toBe('work/web.yml');
    expect(found(path.join(project.projectDir, 'work/web'))).toBe('work/web.yml');
  });

  test('a path below profiles/ is not searched twice', () => {
    expect(profileCandidates('profiles/x.yml', { ...project, workingDir: '/w' })).toEqual([
      '/w/profiles/x.yml',
      path.join(project.projectDir, 'profiles/x.yml'),
    ]);
  });

  test('one that is not there: all places, to be told apart from any directory', () => {
    const text = mistakesOf(() => resolveIn({ ...project, workingDir: '/w' }, [], 'wbe'));
    const { projectDir } = project;
    expect(text.split('\n').slice(0, 6)).toEqual([
      'command line: error: there is no profile "wbe"',
      '  hint: did you mean "web"?',
      '        searched: wbe.yml',
      `                  ${projectDir}/wbe.yml`,
      `                  ${projectDir}/profiles/local/wbe.yml`,
      `                  ${projectDir}/profiles/wbe.yml`,
    ]);
  });

  test('are listed without parts to extend, site defaults and hidden files', () => {
    expect(listProfileNames(project)).toEqual([
      'both',
      'examples/one',
      'local/both',
      'long',
      'p',
      'web',
    ]);
    expect(listProfileNames(project, { shared: true })).toContain('common/shared');
  });
});

describe('extends', () => {
  const chain = (text: string): unknown => {
    const paths = makeProject({
      'profiles/p.yml': text,
      'profiles/a.yml': 'suite: bookworm\narch: amd64\ndescription: a\nseed: a\nzstd-level: 1\n',
      'profiles/b.yml': 'description: b\nseed: b\noutputs: [lxc]\n',
      'profiles/common/c.yml': 'extends: ../a\nseed: c\n',
      'profiles/local/private.yml': 'extends: a\nseed: private\n',
    });
    const { settings, description } = resolveIn(paths);
    return [settings.seed.value, settings['zstd-level'].value, description];
  };

  test.each([
    ['a name', 'extends: a', ['a', 1, undefined]],
    ['a list, the last one wins', 'extends: [a, b]', ['b', 1, undefined]],
    ['a name in a folder', 'extends: common/c', ['c', 1, undefined]],
    ['a relative path', 'extends: ./common/c.yml', ['c', 1, undefined]],
    ['a private profile', 'extends: private', ['private', 1, undefined]],
    ['the own values win', 'extends: a\nseed: own\ndescription: own', ['own', 1, 'own']],
    ['a base that two share is read once, first', 'extends: [a, b, common/c]', ['c', 1, undefined]],
  ])('%s', (_, text, expected) => {
    expect(chain(text)).toEqual(expected);
  });

  test('a cycle has one text, whichever profile is built', () => {
    const paths = makeProject({
      'profiles/p.yml': 'extends: q\n',
      'profiles/q.yml': 'extends: r\n',
      'profiles/r.yml': 'extends: p\n',
    });
    const texts = ['p', 'q', 'r'].map((name) => mistakesOf(() => resolveIn(paths, [], name)));
    expect(new Set(texts).size).toBe(1);
    expect(texts[0]).toContain('profiles/p.yml → profiles/q.yml → profiles/r.yml → profiles/p.yml');
  });
});
