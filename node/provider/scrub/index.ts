export type { ScrubConfig } from './pace.ts'
export * from './scrub.ts'
export { isDamage } from './verify.ts'
