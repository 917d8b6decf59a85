export * from './compare-all.ts'
export * from './handover.ts'
