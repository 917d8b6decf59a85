/**
 * Secrets and ConfigMaps that a pool names. They are never read by the operator: the kubelet puts them into the pods.
 *
 * @module
 */
import { z } from 'zod'
import { objectName, type CelRule } from './fields.ts'

export const keyName = (fallback: string, description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(/^[-._a-zA-Z0-9]+$/)
    .default(fallback)
    .meta({ description })

export const authority = {
  caConfigMap: z
    .object({
      name: objectName('Name of a ConfigMap in the namespace of the pool.'),
      key: keyName('ca.crt', 'Key with the certificates, PEM.'),
    })
    .optional()
    .meta({ description: 'Certificate authorities to trust instead of the usual ones. Read at the start of a pod.' }),
  caSecret: z
    .object({
      name: objectName('Name of a Secret in the namespace of the pool.'),
      key: keyName('ca.crt', 'Key with the certificates, PEM.'),
    })
    .optional()
    .meta({ description: 'The same from a Secret.' }),
}
export const ONE_AUTHORITY: CelRule = {
  rule: '!(has(self.caConfigMap) && has(self.caSecret))',
  message: 'certificate authorities come from caConfigMap or from caSecret, not from both',
}
