/** False where one of these programs is not installed, which is printed; in CI that is an Error. */
export function needs(...programs: string[]): boolean

/** False where `holds` is, and then `what` is printed; in CI that is an Error. */
export function needsThat(holds: boolean, what: string): boolean
