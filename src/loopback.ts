/** Whether a host is this machine: never a place for production to talk to, and no wire to protect. */
export function isLoopback(host: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[?(::1?|::ffff:(127\.[\d.]+|7f[0-9a-f]{2}:[0-9a-f]+))\]?)\.?$/i.test(
    host,
  );
}
