export * from './answer-rows.ts'
export * from './row-auditor.ts'
export * from './row-losses.ts'
export * from './settle-rows.ts'
