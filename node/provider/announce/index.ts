export * from './announce.ts'
