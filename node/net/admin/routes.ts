/**
 * The ADMIN table as TypeScript: what serves it, and what asks it.
 *
 * @module
 */
import type { ADMIN } from '@lunarx/wire'
import type { z } from 'zod'

export type AdminName = keyof typeof ADMIN
export type AdminRequest<K extends AdminName> = z.infer<(typeof ADMIN)[K]['request']>
export type AdminResponse<K extends AdminName> = z.infer<(typeof ADMIN)[K]['response']>

/** One function per entry of the table. */
export type AdminRoutes = { readonly [K in AdminName]: (request: AdminRequest<K>) => Promise<AdminResponse<K>> }

/** The same from the caller's side. */
export type AdminClient = {
  readonly [K in AdminName]: (
    request: AdminRequest<K>,
    options?: { readonly signal?: AbortSignal | undefined },
  ) => Promise<AdminResponse<K>>
}
