import { expect, test } from '@jest/globals';
import { visibleValues } from '../../build-scripts/rootfs/visible-values.ts';
import { buildContext } from '../support/build-context.ts';
import { makeProject, resolveIn } from '../support/project.ts';

const profile = resolveIn(
  makeProject({
    'profiles/p.yml': `suite: trixie
arch: amd64
collections: [vault, site]
options: {vault.token: swordfish, site.title: open}
`,
    'collections/vault/collection.yml': `summary: Vault
options: {vault.token: {type: string, secret: true, description: a secret}}
`,
    'collections/site/collection.yml': `summary: Site
options: {site.title: {type: string, description: no secret}}
`,
  }),
);
const { values } = buildContext(profile);

test.each([
  ['vault', 'swordfish'],
  ['site', ''],
])('the secret of vault, as %s sees it: "%s"', (collection, token) => {
  const seen = visibleValues(profile, values, collection);
  expect(Object.fromEntries(seen)).toEqual({ 'vault.token': token, 'site.title': 'open' });
});
