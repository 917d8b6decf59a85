/**
 * What a custom resource is, in one place: names, schemas, rules, columns. CRD, types and reference are made from it.
 *
 * @module
 */
import type { z } from 'zod'
import type { CelRule } from './fields.ts'

export const GROUP = 'lunarx.dev'
export const VERSION = 'v1alpha1'

export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly description: string
  /** 0 shows always, 1 with `-o wide`. */
  readonly priority?: 0 | 1
}

export interface ResourceDefinition {
  readonly kind: string
  readonly singular: string
  readonly plural: string
  readonly shortName: string
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  /** CEL rules over the whole object (`self.metadata.name` …). */
  readonly rules: readonly CelRule[]
  readonly columns: readonly PrinterColumn[]
  /** Scale subresource over spec.replicas. */
  readonly scales: boolean
}

/** Pods are named `<name>-<ordinal>` and carry the name in labels of at most 63 characters, with a revision hash behind it. */
export const SHORT_NAME: CelRule = {
  rule: "self.metadata.name.size() <= 40 && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
  message: 'metadata.name must be at most 40 lower-case letters, digits or dashes, starting with a letter',
}

const conditionPath = (type: string): string => `.status.conditions[?(@.type=="${type}")].status`

export const READY: PrinterColumn = {
  name: 'Ready',
  type: 'string',
  jsonPath: conditionPath('Ready'),
  description: 'Serves what it should.',
}
export const HEALTHY: PrinterColumn = {
  name: 'Healthy',
  type: 'string',
  jsonPath: conditionPath('Healthy'),
  description: 'Nothing is missing or being repaired.',
}
export const CAPACITY: PrinterColumn = {
  name: 'Capacity',
  type: 'string',
  jsonPath: '.status.capacity',
  description: 'Room for shards in all.',
}
export const USED: PrinterColumn = { name: 'Used', type: 'string', jsonPath: '.status.used', description: 'Taken by shards.', priority: 1 }
export const IMAGE_VERSION: PrinterColumn = {
  name: 'Version',
  type: 'string',
  jsonPath: '.status.version',
  description: 'Tag of the image that runs.',
}
export const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp', description: 'Since it was made.' }
export const REASON: PrinterColumn = {
  name: 'Reason',
  type: 'string',
  jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
  description: 'Why it is, or is not, Ready.',
  priority: 1,
}
