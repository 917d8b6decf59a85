export * from './owner-keys.ts'
export * from './words.ts'
