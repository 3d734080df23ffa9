import { createContext } from 'react';

/** Whether a frame around has the page's `<main>`; there is one of them. */
export const InsideMain = createContext(false);
