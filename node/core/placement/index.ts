export * from './candidate.ts'
