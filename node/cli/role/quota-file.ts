/**
 * `quota.json` beside `network.json`: what the shards of the network may take in all. Bytes. Without it nothing but the room of its
 * providers bounds them.
 *
 * @module
 */
import { readJsonFile } from '@lunarx/client/connect'
import { quotaSchema } from '@lunarx/core/membership'
import type { LiveFile } from './live-file.ts'

export const QUOTA_FILE: LiveFile<number> = {
  name: 'quota.json',
  absent: Number.POSITIVE_INFINITY,
  read: async (file) => (await readJsonFile(file, quotaSchema)).storageBytes,
}
