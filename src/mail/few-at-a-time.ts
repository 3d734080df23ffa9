/** A Worker has six connections open at once per invocation; the rest would only wait, with its lease running. */
const AT_A_TIME = 4;

/** Runs `task` for each item in order, a few at a time. `task` deals with its own failures. */
export async function fewAtATime<T>(items: Iterable<T>, task: (item: T) => Promise<void>): Promise<void> {
  const queue = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = queue.next(); !next.done; next = queue.next()) await task(next.value);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}
