export * from './answer.ts'
export * from './prover.ts'
export * from './refetch.ts'
