/**
 * Whether an object must be applied: it is not there, we mean something else than last time, or somebody changed a field of ours.
 * Pure. Fields that the server fills in are not looked at, so that an unchanged world causes no write.
 *
 * @module
 */
import type { KubeObject } from '../kube/index.ts'
import { MEANT_ANNOTATION } from './names.ts'

type Sha256 = (text: string) => string

/** True if every field of `meant` has its value in `live`; lists are compared item by item. */
export function covers(live: unknown, meant: unknown): boolean {
  if (Array.isArray(meant)) return Array.isArray(live) && live.length === meant.length && meant.every((item, i) => covers(live[i], item))
  if (meant !== null && typeof meant === 'object') {
    if (live === null || typeof live !== 'object') return false
    return Object.entries(meant).every(([key, value]) => covers((live as Readonly<Record<string, unknown>>)[key], value))
  }
  return live === meant
}

/** The object with its own fingerprint: a field that we stop giving changes it. */
export function withFingerprint<T extends KubeObject>(object: T, sha256: Sha256): T {
  const fingerprint = sha256(JSON.stringify(object)).slice(0, 16)
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [MEANT_ANNOTATION]: fingerprint } } }
}

export type Verdict = 'apply' | 'keep' | 'taken'

/** `taken`: the name belongs to another owner, whose object must not be overwritten. */
export function judgeChild(live: KubeObject | undefined, meant: KubeObject): Verdict {
  if (live === undefined) return 'apply'
  const owner = live.metadata.ownerReferences?.find(({ controller }) => controller)
  const ours = meant.metadata.ownerReferences?.find(({ controller }) => controller)
  if (owner !== undefined && ours !== undefined && owner.uid !== ours.uid) return 'taken'
  return covers(live, meant) ? 'keep' : 'apply'
}
