export * from './discard.ts'
