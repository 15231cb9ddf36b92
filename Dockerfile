# The app in a container, for others on your network:
#   docker build --tag nst .
#   docker run --publish 7860:7860 --env NST_APP_AUTH=user:password nst
FROM python:3.11-slim

# Before the code, so that code changes do not repeat the download.
COPY requirements /source/requirements
RUN pip install --no-cache-dir \
    -r /source/requirements/any-backend.txt -r /source/requirements/tensorflow.txt "gradio>=6.31"

COPY . /source
RUN pip install --no-cache-dir "/source[app]" && rm -r /source \
    && useradd --create-home nst

USER nst
WORKDIR /home/nst
EXPOSE 7860
# exec, so that `docker stop` signals the app instead of the shell.
CMD ["sh", "-c", ": \"${NST_APP_AUTH:?The app needs a user name and a password: add --env NST_APP_AUTH=user:password to docker run.}\" && exec nst app --host 0.0.0.0 --port 7860 --no-browser"]
