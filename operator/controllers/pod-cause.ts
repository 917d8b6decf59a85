/**
 * Whether a pod is ready, and why not, in Kubernetes' own words. Pure.
 *
 * @module
 */
import type { Pod } from './deps.ts'

export const isPodReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: state }) => type === 'Ready' && state === 'True') ?? false

export function causeOf({ metadata, status }: Pod): string {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined)?.state?.waiting
  const condition =
    status?.conditions?.find((entry) => entry.status === 'False' && entry.type === 'PodScheduled') ??
    status?.conditions?.find((entry) => entry.status === 'False')
  const cause = waiting?.reason ?? condition?.reason ?? status?.phase ?? 'Unknown'
  const message = waiting?.message ?? condition?.message
  return message === undefined ? `${metadata.name}: ${cause}` : `${metadata.name}: ${cause}: ${message.slice(0, 200)}`
}
