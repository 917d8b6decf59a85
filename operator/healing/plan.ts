/**
 * plan: what is wrong → what to tell the trackers. Pure. Copying is never held back, removal is never ordered.
 *
 * @module
 */
import type { Finding } from './detect.ts'

export interface Action {
  /** retire: as lost, but on purpose. */
  readonly kind: 'declare-lost' | 'retire'
  readonly name: string
  readonly peer: string
  /** For people and for the trackers' logs; at most 200 characters. */
  readonly reason: string
}

function reasonOf(finding: Exclude<Finding, { readonly kind: 'silent' }>): string {
  if (finding.kind === 'removed') return `${finding.name} was drained and removed`
  if (finding.kind === 'volume-gone') return `the volume of ${finding.name} is gone`
  return `${finding.name} runs on another volume as ${finding.successor}`
}

/** Certain losses are declared, so that repair begins at once. Silence is left to the trackers, who wait and agree. */
export function plan(findings: readonly Finding[]): Action[] {
  return findings.flatMap((finding) => {
    if (finding.kind === 'silent') return []
    const kind = finding.kind === 'removed' ? 'retire' : 'declare-lost'
    return [{ kind, name: finding.name, peer: finding.peer, reason: reasonOf(finding) }]
  })
}
