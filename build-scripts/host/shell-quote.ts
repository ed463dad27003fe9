/** One argument as a POSIX shell would need it typed. For display only: nothing here runs a shell. */
function quoteArgument(argument: string): string {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** An argv as one line that can be pasted into a shell. */
export function shellQuote(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ');
}
