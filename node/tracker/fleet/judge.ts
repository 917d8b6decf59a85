/**
 * Is a provider alive, suspect or lost? Decided from how long each tracker has not heard it.
 *
 * Suspicion needs most of the trackers whose view is at hand; loss needs a majority of all trackers of the network, so that a
 * tracker cut off from the others suspects and never writes off. A certain loss (its volume is gone) needs nobody's silence.
 *
 * Pure: no clock. A voice is a lower bound: a tracker that has just started has listened for no longer than it runs.
 *
 * @module
 */
export type ProviderState = 'alive' | 'suspect' | 'lost'

export interface Detection {
  readonly suspectMs: number
  readonly lostMs: number
}

/**
 * Everyone is judged once a beat: who would reach a limit before the next look has reached it, so that nobody is found late. Where
 * heartbeats come nearly as slowly as they are waited for, less: a quarter of the time between is left to them.
 */
export function lookingAhead({ suspectMs, lostMs, heartbeatMs }: Detection & { readonly heartbeatMs: number }, beatMs: number): Detection {
  const aheadMs = Math.max(0, Math.min(beatMs, (suspectMs - heartbeatMs) / 4))
  return { suspectMs: suspectMs - aheadMs, lostMs: lostMs - aheadMs }
}

export interface Evidence {
  /** Per tracker whose view is at hand, this one's included: listened so long without hearing the provider. */
  readonly silencesMs: readonly number[]
  /** Trackers of the network, away or not. */
  readonly trackers: number
  readonly isDeclaredLost: boolean
  /** It was heard after it was declared lost: its shards can be read, though they are not relied on. */
  readonly wasHeardSince: boolean
}

export function judgeLiveness({ silencesMs, trackers, isDeclaredLost, wasHeardSince }: Evidence, detection: Detection): ProviderState {
  if (isDeclaredLost && !wasHeardSince) return 'lost'
  const silentFor = (ms: number): number => silencesMs.filter((silence) => silence >= ms).length
  if (silentFor(detection.lostMs) * 2 > trackers) return 'lost'
  return silentFor(detection.suspectMs) * 2 > silencesMs.length ? 'suspect' : 'alive'
}

export interface Namesake {
  readonly peer: string
  /** Stable name of the place it runs in. */
  readonly name: string
  /** Issue time of its newest credential seen here, 0: never seen. */
  readonly issuedMs: number
  readonly state: ProviderState
}

/**
 * Peers whose volume is gone: silent, while a peer with a later credential lives under the same name. (A peer's key is on its
 * volume, and one name is one place: the new peer has taken the old one's.)
 */
export function findReplaced(fleet: readonly Namesake[]): { readonly peer: string; readonly by: string }[] {
  const newest = new Map<string, Namesake>()
  for (const member of fleet) {
    const before = newest.get(member.name)
    if (member.state === 'alive' && member.issuedMs > (before?.issuedMs ?? 0)) newest.set(member.name, member)
  }
  return fleet.flatMap((member) => {
    const successor = newest.get(member.name)
    const isReplaced =
      successor && successor.peer !== member.peer && member.state !== 'alive' && member.issuedMs > 0 && member.issuedMs < successor.issuedMs
    return isReplaced ? [{ peer: member.peer, by: successor.peer }] : []
  })
}
