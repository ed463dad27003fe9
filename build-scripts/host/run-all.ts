/**
 * Waits for all, also when some fail: what they work with may be removed afterwards.
 * @throws the error of the first in the list that failed
 */
export async function runAll<T>(work: Iterable<Promise<T>>): Promise<T[]> {
  const results = await Promise.allSettled(work);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
