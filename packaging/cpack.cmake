# CPack's configuration; scripts/package calls `cpack --config` with it once for each kind of package. It packs the
# folder FASTGATE_STAGE, which holds the files as they are installed.
set(CPACK_PACKAGE_NAME fastgate)
set(CPACK_PACKAGE_VERSION "$ENV{FASTGATE_PACKAGE_VERSION}")
set(CPACK_PACKAGE_FILE_NAME "fastgate-${CPACK_PACKAGE_VERSION}")
set(CPACK_PACKAGE_VENDOR "The FastGate authors")
set(CPACK_PACKAGE_CONTACT "The FastGate authors <fastgate@example.org>")
set(CPACK_PACKAGE_HOMEPAGE_URL "https://fastgate.example.org/")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Gateway in front of LLM and REST backends")
set(CPACK_PACKAGE_DESCRIPTION
"FastGate is a reverse proxy in the manner of nginx for LLM and REST backends,
configured by YAML files. It routes by path, method, host, header fields and
JSON body, gives out keys that hide the backend's own, limits and counts their
use, changes header fields and JSON on the way, passes event streams on as they
come, and goes on to another server when one fails. It records every request,
and is administered by files, an API and web pages. Reloads, log rotation and
upgrades lose no request.")
set(CPACK_PACKAGE_DIRECTORY "$ENV{FASTGATE_PACKAGE_OUT}")
set(CPACK_INSTALLED_DIRECTORIES "$ENV{FASTGATE_STAGE};/")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_SET_DESTDIR OFF)
set(CPACK_STRIP_FILES OFF)
set(CPACK_TOPLEVEL_TAG packages)
set(CPACK_SYSTEM_NAME Linux)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(scripts "$ENV{FASTGATE_PACKAGE_SCRIPTS}")

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION httpd)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "passwd, init-system-helpers (>= 1.54~)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "logrotate, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${scripts}/postinst;${scripts}/prerm;${scripts}/postrm;${scripts}/conffiles")
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_LICENSE MIT)
set(CPACK_RPM_PACKAGE_GROUP System/Daemons)
set(CPACK_RPM_PACKAGE_ARCHITECTURE x86_64)
set(CPACK_RPM_PACKAGE_DESCRIPTION "${CPACK_PACKAGE_DESCRIPTION}")
set(CPACK_RPM_PACKAGE_REQUIRES logrotate)
set(CPACK_RPM_PACKAGE_REQUIRES_PRE shadow-utils)
set(CPACK_RPM_PACKAGE_REQUIRES_POST coreutils)
set(CPACK_RPM_PRE_INSTALL_SCRIPT_FILE "${scripts}/rpm-pre")
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE "${scripts}/rpm-post")
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE "${packaging}/rpm/preun")
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE "${packaging}/rpm/postun")
set(CPACK_RPM_CHANGELOG_FILE "${scripts}/rpm-changelog")
set(CPACK_RPM_USER_FILELIST
    "%dir %attr(0750,root,fastgate) /etc/fastgate"
    "%config(noreplace) %attr(0640,root,fastgate) /etc/fastgate/fastgate.yaml"
    "%dir %attr(0750,fastgate,fastgate) /etc/fastgate/conf.d"
    "%config(noreplace) %attr(0644,fastgate,fastgate) /etc/fastgate/conf.d/README"
    "%dir %attr(0750,fastgate,fastgate) /var/lib/fastgate"
    "%dir %attr(0750,fastgate,fastgate) /var/log/fastgate"
    "%config(noreplace) /etc/logrotate.d/fastgate"
    "%doc /usr/share/doc/fastgate"
    "%license /usr/share/licenses/fastgate/LICENSE")
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /etc/logrotate.d /var /var/lib /var/log /usr/sbin /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d
    /usr/share/man /usr/share/man/man5 /usr/share/man/man7 /usr/share/man/man8 /usr/share/licenses
    /usr/share/bash-completion /usr/share/bash-completion/completions /usr/share/zsh
    /usr/share/zsh/site-functions /usr/share/fish /usr/share/fish/vendor_completions.d)
set(CPACK_RPM_SPEC_MORE_DEFINE
"%define packager The FastGate authors <fastgate@example.org>
%define _build_id_links none
%define debug_package %{nil}
%define __spec_install_post %{nil}
%define _binary_payload w9.gzdio")
