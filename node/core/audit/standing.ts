/**
 * Standing: what a network has reason to expect of a provider, from what it has proved and what it has failed, older things counting less.
 *
 * Beta reputation (Jøsang and Ismail 2002): with r proofs and s failures, each faded by λ at every later one, the expectation is
 * (r + 1) / (r + s + 2). With λ = 0.99 the last hundred or so count. Failures are losses beyond what disks lose (allowance.ts), and weigh
 * as much as `failureWeight` proofs.
 *
 *   vetting ──proofs and time──► trusted ──score low──► suspended ──score lower──► expelled
 *                                   ▲────────score high again────┘
 *
 * Each change names its reason, and the transcript that gave it where there is one.
 *
 * @module
 */
export type StandingState = 'vetting' | 'trusted' | 'suspended' | 'expelled'

export interface Standing {
  readonly state: StandingState
  /** Why it is in this state: a constant text. */
  readonly reason: string
  /** Of the transcript that brought it here, 32 bytes; null where no single one did. */
  readonly transcript: Uint8Array | null
  readonly sinceMs: number
  /** When it was first seen. */
  readonly joinedMs: number
  /** Faded proofs and failures. */
  readonly proofs: number
  readonly failures: number
  /** All proofs, not faded: what vetting asks for. */
  readonly provedEver: number
}

export const STANDING = {
  /** Each outcome leaves this much of those before. */
  fading: 0.99,
  /** A failure weighs as many proofs. */
  failureWeight: 5,
  /** A newcomer is trusted after this time … */
  vettingMs: 14 * 86_400_000,
  /** … and this many proofs: about one day of draws. */
  vettingProofs: 460,
  /** Scores at which states change. */
  suspendBelow: 0.95,
  restoreFrom: 0.98,
  expelBelow: 0.6,
} as const

export const newcomer = (nowMs: number): Standing => ({
  state: 'vetting',
  reason: 'joined',
  transcript: null,
  sinceMs: nowMs,
  joinedMs: nowMs,
  proofs: 0,
  failures: 0,
  provedEver: 0,
})

/** Expectation of the next outcome, 0..1; a half where nothing is known. */
export const scoreOf = ({ proofs, failures }: Pick<Standing, 'proofs' | 'failures'>): number => (proofs + 1) / (proofs + failures + 2)

/** May be given new shards. Newcomers may, within what vetting allows them. */
export const isPlaceable = ({ state }: Pick<Standing, 'state'>): boolean => state === 'trusted' || state === 'vetting'

/** An outcome that standing is told of. */
export type Outcome = { readonly kind: 'proof' } | { readonly kind: 'failure'; readonly transcript: Uint8Array }

/** Standing after one more outcome. */
export function afterOutcome(standing: Standing, outcome: Outcome, nowMs: number): Standing {
  const isProof = outcome.kind === 'proof'
  const next = {
    ...standing,
    proofs: standing.proofs * STANDING.fading + (isProof ? 1 : 0),
    failures: standing.failures * STANDING.fading + (isProof ? 0 : STANDING.failureWeight),
    provedEver: standing.provedEver + (isProof ? 1 : 0),
  }
  return moved(next, isProof ? null : outcome.transcript, nowMs)
}

function moved(standing: Standing, transcript: Uint8Array | null, nowMs: number): Standing {
  const score = scoreOf(standing)
  const to = (state: StandingState, reason: string): Standing => ({ ...standing, state, reason, transcript, sinceMs: nowMs })
  switch (standing.state) {
    case 'vetting':
      if (transcript) return to('suspended', 'failed while it was vetted')
      return nowMs - standing.joinedMs >= STANDING.vettingMs && standing.provedEver >= STANDING.vettingProofs
        ? to('trusted', 'vetted')
        : standing
    case 'trusted':
      return transcript && score < STANDING.suspendBelow ? to('suspended', 'lost more than disks lose') : standing
    case 'suspended':
      if (transcript && score < STANDING.expelBelow) return to('expelled', 'went on losing while suspended')
      return score >= STANDING.restoreFrom ? to('trusted', 'proved itself again') : standing
    default:
      return standing // expelled is for good
  }
}
