import type { Draft } from '../draft.ts';
import { ports, withScheme } from '../spellings.ts';

/** What the reference lets out in any case; everything else is rejected and logged. */
const OUTPUT_TCP = [22, 53, 80, 443];
const OUTPUT_UDP = [53, 123];
const PROXY_PORTS = 'tcp dport { 3128, 3142, 8080 } accept';

export function serviceRules(draft: Draft): void {
  if (draft.reference.has('nftables')) packetFilter(draft);
  nginx(draft);
  allowedPorts(draft);
}

function packetFilter(draft: Draft): void {
  draft.option('nftables.output.policy', 'reject', []);
  draft.option('nftables.log', true, []);
  draft.option('nftables.output.tcp', OUTPUT_TCP, []);
  draft.option('nftables.output.udp', OUTPUT_UDP, []);
  draft.option(
    'nftables.output.rules',
    [
      `ip daddr { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 } ${PROXY_PORTS}`,
      `ip6 daddr fc00::/7 ${PROXY_PORTS}`,
    ],
    [],
  );
  draft.finish('OFEAT_NFTABLES_ALLOW_INPUT', 'OFEAT_NFTABLES_ALLOW_OUTPUT');
}

/** Further ports; the reference hands them to nft as they are. */
function allowedPorts(draft: Draft): void {
  const { reference } = draft;
  for (const direction of ['input', 'output'])
    for (const protocol of ['tcp', 'udp']) {
      const feature = `OFEAT_NFTABLES_ALLOW_${direction.toUpperCase()}`;
      const name = `OCONF_NFTABLES_ALLOW_${direction.toUpperCase()}_${protocol.toUpperCase()}`;
      if (!reference.isGiven(name) || !reference.on(feature)) continue;
      const { single, ranges, unknown } = ports(reference.text(name));
      const option = `nftables.${direction}.${protocol}`;
      if (single.length > 0) draft.option(option, single, [name]);
      if (ranges.length > 0) draft.option(`${option}-ranges`, ranges, [name]);
      for (const word of unknown) draft.drop([name], `"${word}" is no port, and no range of ports`);
      draft.finish(name);
    }
}

function nginx(draft: Draft): void {
  const { reference } = draft;
  const [role, upstream] = ['OCONF_NGINX_CONFIG_ROLE', 'OCONF_NGINX_APP_PROXY_PASS'];
  if (!reference.collections.some(({ name }) => name.startsWith('roles/nginx'))) return;
  if (reference.has('nftables')) draft.option('nftables.input.tcp', [80, 443], []);
  const kind = reference.text(role);
  if (kind === 'static') {
    draft.option('nginx.kind', 'static', [role]);
    draft.drop([upstream], `has no effect there: ${role} is static`);
  } else if (kind === 'app') {
    const target = reference.text(upstream);
    draft.option('nginx.kind', 'proxy', [role]);
    draft.option(
      'nginx.upstream',
      withScheme(/^\d+$/.test(target) ? `127.0.0.1:${target}` : target),
      [upstream],
    );
  } else draft.drop([role], `"${kind}" leaves nginx without a site, and ours has one`);
}
