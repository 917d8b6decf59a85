/**
 * Names of metrics.
 *
 * @module
 */

/** @throws {RangeError} on a name that does not start with `lunarx_` */
export function checkMetricName(name: string): string {
  if (!/^lunarx_[a-z][a-z0-9_]*$/.test(name)) throw new RangeError(`not a name of a metric of ours: ${name}`)
  return name
}
