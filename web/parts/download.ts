/**
 * Keeps an answer as a file, under the name that it gives itself.
 *
 * @param otherwise the name where it has none, or another origin's may not be seen
 */
export async function download(answer: Response, otherwise: string): Promise<void> {
  const named = /filename="([^"\\/]+)"/.exec(answer.headers.get('Content-Disposition') ?? '')?.[1];
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = named ?? otherwise;
  link.click();
  // The browser has taken it by the next task.
  setTimeout(() => URL.revokeObjectURL(url));
}
