/**
 * The writes of the reconcilers, each only when it changes something.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Condition } from '../api/index.ts'
import { keyOf, type Informer, type KubeObject, type ResourceKind } from '../kube/index.ts'
import { sha256Of, type ControllerDeps } from './deps.ts'
import { judgeChild, withFingerprint } from './meant.ts'
import { PAUSED_ANNOTATION } from './names.ts'
import { isWorthWriting } from './settle.ts'

export const isPaused = ({ metadata }: KubeObject): boolean => metadata.annotations?.[PAUSED_ANNOTATION] === 'true'

/**
 * Brings a child to what is meant, by server-side apply.
 * @throws {LunarError} NAME_TAKEN: an object of this name belongs to somebody else
 */
export async function applyChild(informer: Informer, meant: KubeObject, deps: ControllerDeps, signal: AbortSignal): Promise<void> {
  const object = withFingerprint(meant, sha256Of(deps.crypto))
  const live = informer.get(object.metadata.namespace, object.metadata.name)
  switch (judgeChild(live, object)) {
    case 'keep':
      return
    case 'taken':
      throw new LunarError('NAME_TAKEN', `${object.kind} ${keyOf(object)} belongs to another resource`, { detail: { kind: object.kind, name: keyOf(object) } })
    case 'apply':
      await deps.client.apply(informer.kind, object, { signal })
      deps.log.info('applied', { kind: object.kind, object: keyOf(object) })
  }
}

type Status = Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] | undefined }

/** Writes a status if it is worth it; true if it was. */
export async function writeStatus(kind: ResourceKind, owner: KubeObject & { readonly status?: Status }, next: Status, deps: ControllerDeps, signal: AbortSignal): Promise<boolean> {
  const { apiVersion, metadata } = owner
  const { uid = '', name, namespace } = metadata
  const writtenMs = deps.observatory.writtenMs(uid)
  const sinceMs = writtenMs === undefined ? undefined : deps.clock.elapsed() - writtenMs
  if (!isWorthWriting(owner.status, next, sinceMs)) return false
  await deps.client.apply(kind, { apiVersion, kind: kind.kind, metadata: { name, ...(namespace && { namespace }), uid }, status: next }, { subresource: 'status', signal })
  deps.observatory.wrote(uid, deps.clock.elapsed())
  return true
}
