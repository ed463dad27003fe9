import { dump } from 'js-yaml';
import { shellQuote } from '../host/shell-quote.ts';
import { resolveAll, type CommonArguments } from './common.ts';
import { planOf, type Plan } from './plan-data.ts';
import { showValue, table } from './text.ts';

/** `mkimage plan`: what a build would do, for people or with `--json` for programs. */
export function plan(args: PlanArguments): Promise<number> {
  process.stdout.write(planText(args));
  return Promise.resolve(0);
}

type PlanArguments = CommonArguments & {
  readonly profile: readonly string[];
  readonly json: boolean;
};

/** One profile gives one object, several give a list. */
export function planText(args: PlanArguments): string {
  const plans = resolveAll(args.profile, args).map(planOf);
  return args.json
    ? `${JSON.stringify(plans.length === 1 ? plans[0] : plans, null, 2)}\n`
    : plans.map(formatPlan).join('\n');
}

/** The plan as text; options that nobody set are left out. */
export function formatPlan(plan: Plan): string {
  const settings = Object.entries(plan.settings).filter(
    ([, { value }]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  const isDefault = (origin: string): boolean =>
    origin.includes('default)') && !origin.includes('site defaults');
  const options = Object.entries(plan.options).filter(
    ([, { origins }]) => !origins.every(isDefault),
  );
  const others = Object.keys(plan.options).length - options.length;
  const services = (action: string): string[] =>
    plan.services.filter((service) => service.action === action).map(({ unit }) => unit);
  return [
    `${plan.profile}${plan.description === null ? '' : `: ${plan.description}`}`,
    section(
      'settings',
      table(settings.map(([name, { value, origin }]) => [name, showValue(value), origin])),
    ),
    section(
      `collections, in the order in which they are applied (${plan.collections.length})`,
      table(
        plan.collections.map(({ name, summary, pulledInBy }) => [
          name,
          summary,
          pulledInBy === null ? '' : `pulled in by ${pulledInBy}`,
        ]),
      ),
    ),
    section(
      `options with values (${others} more keep their defaults: mkimage list options)`,
      table(
        options.map(([name, { value, origins }]) => [name, showValue(value), origins.join(', ')]),
      ),
    ),
    section(
      `packages (${plan.packages.length})`,
      table(plan.packages.map(({ name, origin }) => [name, origin])),
    ),
    ...(plan.removedPackages.length === 0
      ? []
      : [
          section(
            'packages removed',
            table(plan.removedPackages.map(({ name, origin }) => [name, origin])),
          ),
        ]),
    section(
      `files (${plan.files.length})`,
      table(plan.files.map(({ path, collection }) => [path, collection])),
    ),
    section(`hooks (${plan.hooks.length})`, plan.hooks),
    ...(['enable', 'disable', 'mask'] as const)
      .filter((action) => services(action).length > 0)
      .map((action) => section(`services to ${action}`, services(action))),
    section('command', [
      shellQuote(plan.mmdebstrap).replaceAll(/'([^' ]*\$WORKSPACE[^']*)'/g, '"$1"'),
    ]),
    ...(plan.disk === null
      ? []
      : [section('disk', dump(plan.disk, { flowLevel: 3, lineWidth: 100 }).trimEnd().split('\n'))]),
    section('outputs', [...plan.outputs]),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string {
  return `\n${title}\n${lines.map((line) => `  ${line}`).join('\n')}${lines.length === 0 ? '  none' : ''}`;
}
