/**
 * A client that remembers what was applied through it, as it was meant: whole objects, without their status.
 *
 * @module
 */
import { KubeClient, type KubeObject, type ResourceKind } from '@lunarx/operator/kube'

export interface Applied {
  readonly kind: ResourceKind
  readonly object: KubeObject
}

export class RecordingClient extends KubeClient {
  /** In the order in which the server took them. */
  readonly applied: Applied[] = []

  override async apply<T extends KubeObject>(kind: ResourceKind, object: T, options: Parameters<KubeClient['apply']>[2] = {}): Promise<T> {
    const taken = await super.apply(kind, object, options)
    if (options.subresource === undefined) this.applied.push({ kind, object })
    return taken
  }
}
