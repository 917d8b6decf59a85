/**
 * Rows that a replica has not got, or was silent about, while another has shown them: asked for again until they are there. In memory: what
 * is forgotten is met again.
 *
 * @module
 */
import {
  excuseReplica,
  isReplicaDue,
  judgeReplica,
  type Excuse,
  type ProviderNow,
  type ReplicaEvidence,
  type ReplicaState,
} from '@lunarx/core/audit'
import type { SignedDocument } from '@lunarx/core/document'
import type { PeerId } from '@lunarx/core/membership'
import { TRACKER_LIMITS } from '../../limits.ts'
import type { DrawnRow } from './ask-rows.ts'

export interface RowCase {
  readonly provider: PeerId
  readonly drawn: DrawnRow
  readonly commit: SignedDocument
  /** Id of the commit. */
  readonly hex: string
  readonly state: ReplicaState
}

export class RowCases {
  readonly #open = new Map<string, RowCase>()

  /** One step of judging. @returns the state after it */
  take(about: Omit<RowCase, 'state'>, evidence: ReplicaEvidence, now: ProviderNow): ReplicaState {
    const key = keyOf(about)
    const before = this.#open.get(key)
    const state = judgeReplica(before?.state ?? { kind: 'clear' }, evidence, now)
    if (state.kind === 'clear') this.#open.delete(key)
    else if (before || this.#open.size < TRACKER_LIMITS.audit.rowCases) this.#open.set(key, { ...about, state })
    return state
  }

  /** Those to be asked for again now. @param nowOf of a provider */
  due(nowOf: (provider: PeerId) => ProviderNow): RowCase[] {
    return [...this.#open.values()].filter(({ state, provider }) => isReplicaDue(state, nowOf(provider)))
  }

  /** Of providers that are worked on, leave or are away: what they said so far counts for nothing. @param excuseOf undefined: there is none */
  excuse(excuseOf: (provider: PeerId) => Excuse | undefined): void {
    for (const [key, open] of this.#open) {
      const excuse = excuseOf(open.provider)
      if (excuse) this.#open.set(key, { ...open, state: excuseReplica(open.state, excuse) })
    }
  }

  /** The row is not placed with it any more, or it left. */
  drop(about: Pick<RowCase, 'provider' | 'hex'>): void {
    this.#open.delete(keyOf(about))
  }

  count(kind: ReplicaState['kind'], provider?: PeerId): number {
    return [...this.#open.values()].filter((one) => one.state.kind === kind && (provider === undefined || one.provider === provider)).length
  }
}

const keyOf = ({ provider, hex }: Pick<RowCase, 'provider' | 'hex'>): string => `${provider} ${hex}`
