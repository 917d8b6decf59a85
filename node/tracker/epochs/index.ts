export * from './epochs.ts'
export * from './spread-epochs.ts'
