import type { ReferenceOption } from '../reference-option.ts';

const NFTABLES = { area: 'nftables' } as const;
const UPGRADES = { area: 'upgrades' } as const;
const NGINX = { area: 'nginx' } as const;

/** Packet filter, unattended upgrades, nginx. */
export const serviceOptions: readonly ReferenceOption[] = [
  {
    ...NFTABLES,
    name: 'OFEAT_NFTABLES_ALLOW_INPUT',
    default: '1',
    ours: ['nftables.input.tcp', 'nftables.input.udp'],
  },
  {
    ...NFTABLES,
    name: 'OCONF_NFTABLES_ALLOW_INPUT_TCP',
    default: '',
    ours: ['nftables.input.tcp', 'nftables.input.tcp-ranges'],
    needs: ['OFEAT_NFTABLES_ALLOW_INPUT'],
  },
  {
    ...NFTABLES,
    name: 'OCONF_NFTABLES_ALLOW_INPUT_UDP',
    default: '',
    ours: ['nftables.input.udp', 'nftables.input.udp-ranges'],
    needs: ['OFEAT_NFTABLES_ALLOW_INPUT'],
  },
  {
    ...NFTABLES,
    name: 'OFEAT_NFTABLES_ALLOW_OUTPUT',
    default: '1',
    ours: ['nftables.output.tcp', 'nftables.output.udp'],
  },
  {
    ...NFTABLES,
    name: 'OCONF_NFTABLES_ALLOW_OUTPUT_TCP',
    default: '',
    ours: ['nftables.output.tcp', 'nftables.output.tcp-ranges'],
    needs: ['OFEAT_NFTABLES_ALLOW_OUTPUT'],
    note: 'besides 22, 53, 80 and 443, which the reference always lets out; everything else is rejected (nftables.output.policy)',
  },
  {
    ...NFTABLES,
    name: 'OCONF_NFTABLES_ALLOW_OUTPUT_UDP',
    default: '',
    ours: ['nftables.output.udp', 'nftables.output.udp-ranges'],
    needs: ['OFEAT_NFTABLES_ALLOW_OUTPUT'],
    note: 'besides 53 and 123, which the reference always lets out',
  },
  {
    ...UPGRADES,
    name: 'OFEAT_UNATTENDED_UPGRADES',
    default: '1',
    ours: ['unattended-upgrades.enabled'],
    as: 'boolean',
  },
  {
    ...UPGRADES,
    name: 'OFEAT_UNATTENDED_UPGRADES_REBOOT',
    default: '1',
    ours: ['unattended-upgrades.reboot'],
    as: 'boolean',
    implied: true,
    needs: ['OFEAT_UNATTENDED_UPGRADES'],
  },
  {
    ...UPGRADES,
    name: 'OFEAT_UNATTENDED_UPGRADES_REBOOT_WITH_USERS',
    default: '1',
    ours: ['unattended-upgrades.reboot-with-users'],
    as: 'boolean',
    implied: true,
    needs: ['OFEAT_UNATTENDED_UPGRADES'],
  },
  {
    ...UPGRADES,
    name: 'OCONF_UNATTENDED_UPGRADES_REBOOT_TIME',
    default: '07:45',
    ours: ['unattended-upgrades.reboot-time'],
    as: 'time',
    implied: true,
    needs: ['OFEAT_UNATTENDED_UPGRADES'],
  },
  {
    name: 'OFEAT_NGINX_AUTOSTART',
    area: 'nginx',
    default: '1',
    ours: [],
    note: 'nginx always starts at boot',
    same: ['1'],
  },
  {
    name: 'OCONF_NGINX_TLS_CERT_SUBJECT',
    area: 'nginx',
    default: '/O=dbuild/OU=factory/CN=localhost',
    ours: [],
    note: 'the self-signed certificate carries the names of nginx.server-names and is made at the first boot',
    same: ['/O=dbuild/OU=factory/CN=localhost'],
  },
  {
    ...NGINX,
    name: 'OCONF_NGINX_TLS_CERT_LIFETIME',
    default: '365',
    ours: ['nginx.tls-days'],
    as: 'integer',
  },
  { ...NGINX, name: 'OCONF_NGINX_CONFIG_ROLE', default: 'none', ours: ['nginx.kind'] },
  { ...NGINX, name: 'OCONF_NGINX_APP_PROXY_PASS', default: '3000', ours: ['nginx.upstream'] },
];
