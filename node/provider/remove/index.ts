export * from './discard.ts'
export * from './surplus.ts'
