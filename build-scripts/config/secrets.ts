import type { OptionDeclaration, SecretReference } from './option-declaration.ts';

/** Shown instead of a secret in plans, logs and manifests. */
export const REDACTED = '(secret)';

/** Whether a declaration holds a secret at any depth. */
export function holdsSecret(declaration: OptionDeclaration): boolean {
  return (
    declaration.secret === true ||
    [
      declaration.items,
      declaration.keys,
      declaration.values,
      ...Object.values(declaration.properties ?? {}),
    ].some((inner) => inner !== undefined && holdsSecret(inner))
  );
}

/** A copy of an option's value in which every secret went through `replace`. */
export function mapSecrets(
  declaration: OptionDeclaration,
  value: unknown,
  replace: (secret: string | SecretReference) => unknown,
): unknown {
  if (value === undefined || value === null || !holdsSecret(declaration)) return value;
  if (declaration.secret === true) return replace(value as string | SecretReference);
  if (Array.isArray(value)) {
    return value.map((entry: unknown) =>
      mapSecrets(declaration.items ?? { type: 'string' }, entry, replace),
    );
  }
  const inner = (name: string): OptionDeclaration =>
    (declaration.type === 'object' ? declaration.properties?.[name] : declaration.values) ?? {
      type: 'string',
    };
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [name, mapSecrets(inner(name), entry, replace)]),
  );
}

/** The value as it may be shown. An empty secret is no secret. */
export function redact(declaration: OptionDeclaration, value: unknown): unknown {
  return mapSecrets(declaration, value, (secret) => (secret === '' ? '' : REDACTED));
}
