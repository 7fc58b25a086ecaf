#include "CWeb.h"

// The standard of 2023, which all compilers that build this have in part.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char index_html[] = {
#embed "../Web/app/index.html"
};
static const unsigned char app_css[] = {
#embed "../Web/app/app.css"
};
static const unsigned char app_js[] = {
#embed "../Web/app/app.js"
};
static const unsigned char chat_js[] = {
#embed "../Web/app/chat.js"
};
static const unsigned char chat_types[] = {
#embed "../Web/app/chat.d.ts"
};
static const unsigned char icon[] = {
#embed "../Web/app/icon.svg"
};
static const unsigned char icon_maskable[] = {
#embed "../Web/app/icon-maskable.svg"
};
static const unsigned char manifest[] = {
#embed "../Web/app/manifest.webmanifest"
};
static const unsigned char messages_de[] = {
#embed "../Web/app/messages/de.js"
};
static const unsigned char part_dialogs[] = {
#embed "../Web/app/parts/dialogs.js"
};
static const unsigned char part_files[] = {
#embed "../Web/app/parts/files.js"
};
static const unsigned char part_files_css[] = {
#embed "../Web/app/parts/files.css"
};
static const unsigned char service_worker[] = {
#embed "../Web/app/service-worker.js"
};
static const unsigned char sdk[] = {
#embed "../Web/sdk/parley.js"
};
static const unsigned char sdk_files[] = {
#embed "../Web/sdk/parley-files.js"
};
static const unsigned char sdk_types[] = {
#embed "../Web/sdk/parley.d.ts"
};

static const struct parley_web_file files[] = {
    {"/app/index.html", index_html, sizeof index_html},
    {"/app/app.css", app_css, sizeof app_css},
    {"/app/app.js", app_js, sizeof app_js},
    {"/app/chat.js", chat_js, sizeof chat_js},
    {"/app/chat.d.ts", chat_types, sizeof chat_types},
    {"/app/icon.svg", icon, sizeof icon},
    {"/app/icon-maskable.svg", icon_maskable, sizeof icon_maskable},
    {"/app/manifest.webmanifest", manifest, sizeof manifest},
    {"/app/messages/de.js", messages_de, sizeof messages_de},
    {"/app/parts/dialogs.js", part_dialogs, sizeof part_dialogs},
    {"/app/parts/files.js", part_files, sizeof part_files},
    {"/app/parts/files.css", part_files_css, sizeof part_files_css},
    {"/app/service-worker.js", service_worker, sizeof service_worker},
    {"/sdk/parley.js", sdk, sizeof sdk},
    {"/sdk/parley-files.js", sdk_files, sizeof sdk_files},
    {"/sdk/parley.d.ts", sdk_types, sizeof sdk_types},
};

const struct parley_web_file *parley_web_files(size_t *count) {
    *count = sizeof files / sizeof files[0];
    return files;
}
