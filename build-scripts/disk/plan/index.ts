export { BUILT_IN_LAYOUTS } from './built-in-layouts.ts';
export { formatPlan } from './format-plan.ts';
export type { PlanInput } from './input.ts';
export { mapperName } from './mapper-name.ts';
export { planDisk } from './plan-disk.ts';
export { nodesOf } from './plan-nodes.ts';
export { planToJson } from './plan-to-json.ts';
export { crypttab, fstab, mdadmConf } from './tables.ts';
export { mountPointsOf } from './walk.ts';
