// Light, dark, or as the system is.

/**
 * @param {HTMLElement} root
 * @param {string | null} theme
 */
export function applyTheme(root, theme) {
    const chosen = theme === "light" || theme === "dark" ? theme : null;
    for (const element of [root, document.documentElement]) {
        if (chosen === null) element.removeAttribute("data-theme");
        else element.setAttribute("data-theme", chosen);
    }
}
