/** The page. */
export {}
