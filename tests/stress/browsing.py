"""A browser's side of Streamlit's protocol, without the drawing: a websocket for what is shown, HTTP for uploads.

Messages are read into the same tree of elements that Streamlit's own AppTest uses.
"""

import time
from urllib.parse import urlencode, urlsplit

import requests
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileUploaderState, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1.element_tree import ElementTree, parse_tree_from_messages
from websockets.sync.client import connect

PATIENCE = 240.0
"""Seconds until an answer that does not come counts as a deadlock."""


class Tab:
    """One browser tab: opened on a page of the app, it can change pages, upload files, and be closed. Not to be shared
    by threads."""

    def __init__(self, address: str, page: str, **words: str) -> None:
        self._http = requests.Session()
        self._http.headers["Connection"] = (
            "close"  # the server ends idle connections; a browser would open another by itself
        )
        self._http.get(f"{address}/_stcore/host-config", timeout=PATIENCE).raise_for_status()
        self._http.get(f"{address}/_stcore/health", timeout=PATIENCE).raise_for_status()
        self._address = address
        self._xsrf = self._http.cookies.get("_streamlit_xsrf", "")
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies)
        self._socket = connect(
            f"ws://{urlsplit(address).netloc}/_stcore/stream",
            origin=address,
            subprotocols=["streamlit", self._xsrf],
            additional_headers={"Cookie": cookies},
            max_size=None,
            proxy=None,
        )
        self._query = urlencode(words)
        self._page = page
        self._session = ""
        self._widgets: list[WidgetState] = []
        self.places_seen: list[str] = []
        """What the page said while it waited in the queue."""
        self.tree = self._rerun()

    def go_to(self, page: str) -> ElementTree:
        """Change to another page of the app, as its link does."""
        self._page, self._widgets = page, []
        self.tree = self._rerun()
        return self.tree

    def upload(self, name: str, data: bytes) -> ElementTree:
        """Drop one file into the page's first uploader and wait until the page has run with it."""
        widget = self.tree.get("file_uploader")[0].proto.id
        request = BackMsg()
        request.file_urls_request.request_id = name
        request.file_urls_request.file_names.append(name)
        request.file_urls_request.session_id = self._session
        self._socket.send(request.SerializeToString())
        urls = self._receive("file_urls_response")[-1].file_urls_response.file_urls[0]
        answer = self._http.put(
            f"{self._address}{urls.upload_url}" if urls.upload_url.startswith("/") else urls.upload_url,
            files={"file": (name, data, "audio/wav")},
            headers={"X-Xsrftoken": self._xsrf, "Origin": self._address},
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        info = UploadedFileInfo(name=name, size=len(data), file_id=urls.file_id, file_urls=urls)
        self._widgets = [WidgetState(id=widget, file_uploader_state_value=FileUploaderState(uploaded_file_info=[info]))]
        self.tree = self._rerun()
        return self.tree

    def close(self) -> None:
        """Close the tab."""
        self._socket.close()
        self._http.close()

    def _rerun(self) -> ElementTree:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.widget_states.widgets.extend(self._widgets)
        state.page_name = self._page
        self._socket.send(message.SerializeToString())
        while True:
            messages = self._receive("script_finished")
            if messages[-1].script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                return parse_tree_from_messages(messages)

    def _receive(self, until: str) -> list[ForwardMsg]:
        """All messages until one of the kind `until`; a new run of the page starts the list again."""
        messages: list[ForwardMsg] = []
        deadline = time.monotonic() + PATIENCE
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._socket.recv(timeout=max(0.01, deadline - time.monotonic())))
            kind = message.WhichOneof("type")
            if kind == "new_session":
                messages = []
                self._session = message.new_session.initialize.session_id
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "delta" and message.delta.new_element.WhichOneof("type") == "progress":
                self.places_seen += (
                    [message.delta.new_element.progress.text]
                    if "before you" in message.delta.new_element.progress.text
                    else []
                )
            messages.append(message)
            if kind == until:
                return messages


def shown(tree: ElementTree) -> str:
    """What a page says in words, tables included."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "error", "warning", "info", "success", "code")
    words = [str(element.value) for kind in kinds for element in tree.get(kind)]
    tables = [element.value.to_string() for kind in ("arrow_data_frame", "dataframe") for element in tree.get(kind)]
    choices = ["\n".join(element.options) for element in tree.get("selectbox")]
    return "\n".join([*words, *tables, *choices, *(str(exception.message) for exception in tree.exception)])
